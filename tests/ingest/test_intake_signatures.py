"""Who may send: signed, of now, by a source that somebody answers for. All else is refused alike."""

import time
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from ingest.intake import gate, refusals
from ingest.intake.senders import senders
from ingest.intake.signatures import Seal, key_of
from tests.ingest import intake_site
from tests.ingest.intake_site import Partner, count, eventually, new_secret, sign, statuses
from tests.ingest.test_source_cli import source
from triage import audit, models
from triage.db import session_scope
from triage.errors import ConfigurationError

BODY = b'{"id": "1", "text": "x"}'


def refused() -> list[tuple[str, dict[str, object]]]:
    with session_scope() as session:
        table = models.AuditEntry
        rows = session.scalars(select(table).where(table.action == "source.refused").order_by(table.id))
        return [(row.subject, row.detail) for row in rows]


def test_what_the_specifications_own_library_signed_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1614265330.0)
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    seal = Seal(headers, [key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")])
    for piece in (b'{"test": ', b"2432232314}"):
        seal.update(piece)
    assert seal.close() is None


def test_what_is_not_authentic_is_refused_with_one_answer_and_stores_nothing(partner: Partner) -> None:
    now = int(time.time())
    good = partner.headers(BODY)
    wrong = [
        good | {"webhook-signature": sign(new_secret(), good["webhook-id"], now, BODY)},
        partner.headers(BODY, webhook_timestamp=str(now - 310)),
        partner.headers(BODY, webhook_timestamp=str(now + 310)),
        good | {"webhook-timestamp": str(now + 1)},
        good | {"webhook-id": "msg_other"},
        good | {"webhook-id": ""},
        good | {"flagpost-source": "nobody"},
        good | {"webhook-signature": good["webhook-signature"].replace("v1,", "v1a,")},
        good | {"webhook-signature": "nonsense"},
        good | {"webhook-signature": ""},
        good | {"webhook-signature": " ".join(["v1,AAAA"] * 20 + [good["webhook-signature"]])},
        partner.headers(BODY, webhook_timestamp="1e9"),
        partner.headers(BODY, webhook_timestamp="-5"),
        *({k: v for k, v in good.items() if k != name} for name in good if name != "content-type"),
    ]
    answers = [httpx2.post(f"{partner.url}/v1/posts", content=BODY, headers=headers) for headers in wrong]
    answers.append(httpx2.post(f"{partner.url}/v1/posts", content=BODY + b" ", headers=good))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert set(answers[0].json()) == {"error", "what_to_do"}
    assert (count(models.Post), count(models.Rejection)) == (0, 0)
    assert statuses(httpx2.post(f"{partner.url}/v1/posts", content=BODY, headers=good)) == ["stored"]


@pytest.mark.parametrize("seconds", [-290, 290])
def test_clocks_may_differ_by_less_than_five_minutes(partner: Partner, seconds: int) -> None:
    assert statuses(partner.send(BODY, webhook_timestamp=str(int(time.time()) + seconds))) == ["stored"]


def test_several_secrets_and_several_signatures_let_a_secret_change(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, none = new_secret(), new_secret(), new_secret()
    intake_site.configure(tmp_path, monkeypatch, new, old)
    intake_site.approve()
    with intake_site.serving() as url:
        for secret, status in ((old, 202), (new, 202), (none, 401)):
            assert Partner(url, secret).send(BODY).status_code == status
        partner = Partner(url, new)
        headers = partner.headers(BODY)
        other = sign(none, headers["webhook-id"], headers["webhook-timestamp"], BODY)
        headers["webhook-signature"] = f"v1a,AAAA {other} {headers['webhook-signature']}"
        assert httpx2.post(f"{url}/v1/posts", content=BODY, headers=headers).status_code == 202


def test_refusals_stand_in_the_audit_log_but_do_not_fill_it(partner: Partner) -> None:
    for _ in range(20):
        partner.send(BODY, webhook_signature="v1,AAAA")
        partner.send(BODY, flagpost_source=new_secret())
    eventually(lambda: len(refused()) == 2)
    assert sorted(refused()) == [
        ("intake", {"why": "no such source", "times": 1}),
        ("source:partner", {"why": "no signature fits", "times": 1}),
    ]


def test_no_refusal_waits_for_the_audit_log_which_would_tell_the_sources_that_exist(partner: Partner) -> None:
    with session_scope() as session:
        session.execute(select(func.pg_advisory_xact_lock(audit.LOCK)))
        assert partner.send(BODY, webhook_signature="v1,AAAA").status_code == 401
        assert partner.send(BODY, flagpost_source="nobody").status_code == 401
        assert refused() == []
    eventually(lambda: len(refused()) == 2)


def test_the_next_entry_says_how_many_refusals_there_were(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "SECONDS", 1.5)
    for _ in range(5):
        partner.send(BODY, webhook_signature="v1,AAAA")
    time.sleep(1.6)
    partner.send(BODY, webhook_signature="v1,AAAA")
    eventually(lambda: [detail["times"] for _, detail in refused()] == [1, 5])


def test_without_an_approval_nothing_is_taken_and_the_log_says_how_to_record_one(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gate, "SECONDS", 0.0)
    secret = new_secret()
    intake_site.configure(tmp_path, monkeypatch, secret)
    with intake_site.serving() as url:
        partner = Partner(url, secret)
        answers = [partner.send(BODY) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {403}
        assert count(models.Post) == 0
        assert "Ask whoever runs this Flagpost" in answers[0].json()["what_to_do"]
        assert "flagpost source" not in answers[0].text
        assert "".join(capfd.readouterr()).count("flagpost source approve partner") == 1
        eventually(refused)
        assert refused() == [("source:partner", {"why": "no approval", "times": 1})]
        intake_site.approve()
        assert statuses(partner.send(BODY)) == ["stored"]
        source("withdraw", "partner", "--by", "Capt. R. Example", "--why", "ended")
        assert partner.send(BODY).status_code == 403


def test_the_audit_log_keeps_that_an_intake_began_to_take_posts_of_a_source_once(partner: Partner) -> None:
    for _ in range(3):
        partner.send(BODY)
    with session_scope() as session:
        table = models.AuditEntry
        rows = session.scalars(select(table.subject).where(table.action == "source.started")).all()
    assert rows == ["source:partner"]


def test_secrets_come_from_the_environment_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intake_site.configure(tmp_path, monkeypatch, new_secret())
    path = tmp_path / "sources.toml"
    path.write_text("[one]\nadapter = 'intake'\nsecrets = [{ env = 'PARTNER_SECRET' }]")
    monkeypatch.setenv("PARTNER_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert senders()["one"].keys == (key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),)
    assert "keys" not in repr(senders()["one"])
    monkeypatch.delenv("PARTNER_SECRET")
    with pytest.raises(ConfigurationError, match="PARTNER_SECRET: is not set"):
        senders()


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("adapter = 'files'\npath = '.'", "No source sends to us"),
        ("adapter = 'intake'", "secrets: Field required"),
        ("adapter = 'intake'\nsecrets = []", "secrets"),
        ("adapter = 'intake'\nsecrets = ['whsec_AAAA']", "secrets.0"),
        ("adapter = 'intake'\nsecrets = [{}]", "write { file"),
        ("adapter = 'intake'\nsecrets = [{ file = '/nowhere' }]", "/nowhere: No such file"),
        ("adapter = 'intake'\nsecrets = [{ file = 'short' }]", "openssl rand"),
        ("adapter = 'intake'\nsecrets = [{ file = 'good' }]\nwhat = 1", "what"),
    ],
)
def test_a_wrong_entry_is_one_clear_message_without_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, reason: str
) -> None:
    intake_site.configure(tmp_path, monkeypatch, new_secret())
    monkeypatch.chdir(tmp_path)
    Path("short").write_text("whsec_c2hvcnQ=")
    Path("good").write_text(new_secret())
    Path("sources.toml").write_text(f"[one]\n{entry}")
    with pytest.raises(ConfigurationError, match=reason) as raised:
        senders()
    assert "c2hvcnQ" not in str(raised.value)


def test_two_sources_must_not_share_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intake_site.configure(tmp_path, monkeypatch, new_secret())
    path = tmp_path / "sources.toml"
    path.write_text(path.read_text() + path.read_text().replace("[partner]", "\n[other]"))
    with pytest.raises(ConfigurationError, match="partner and other share a secret"):
        senders()


def test_a_source_that_sends_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest import sources

    intake_site.configure(tmp_path, monkeypatch, new_secret())
    with pytest.raises(ConfigurationError, match="Run `flagpost intake`"):
        sources.find("partner").open()
