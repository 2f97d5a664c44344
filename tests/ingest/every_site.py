"""Every place that is asked again and again, on this machine, with posts that appear while it is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ingest import test_reddit, test_x, test_youtube
from tests.ingest.drop_site import lines
from tests.ingest.imap_server import PASSWORD, USER, MailServer
from tests.ingest.keys import make
from tests.ingest.listings import Newest
from tests.ingest.mastodon_site import Site
from tests.ingest.test_live_feed import feed
from tests.ingest.tips import HOST, VARIABLE, letter
from tests.ingest.web import http, serving

SECRETS = {VARIABLE: PASSWORD, "PLATFORM_SECRET": "SECRET"}
FEED_ITEMS = 200
GATED = "written_agreement = 'Contract 1'\nevery = 0.05"
SECRET = "{ env = 'PLATFORM_SECRET' }"


class EverySite:
    """A drop, a mailbox, and one server that is a feed, Mastodon, Reddit, X and YouTube, by path."""

    def __init__(self, folder: Path) -> None:
        self.drop, self.keys = folder / "drop", make(folder, HOST)
        self.drop.mkdir()
        self.mails, self.mastodon = MailServer({}), Site()
        self.reddit = test_reddit.Site(Newest([], test_reddit.answer, "limit", "after"))
        self.tweets = Newest([], test_x.answer, "max_results", "next_token")
        self.films = Newest([], test_youtube.answer, "maxResults", "pageToken")
        self.items: list[str] = []

    @contextmanager
    def up(self) -> Iterator["EverySite"]:
        with serving(self._answer) as self.server, self.mails.serving(self.keys.server()):
            for site in (self.mastodon, self.reddit, self.tweets, self.films):
                site.server = self.server
            yield self

    def _answer(self, connection: Any) -> None:
        path = self.server.mine.request.split(b" ", 2)[1].decode()
        sites: dict[str, Callable[[Any], object]] = {
            "/feed": lambda one: one.sendall(http(feed(*self.items))),
            "/api/v1/timelines": self.mastodon,
            "/2/tweets": self.tweets,
            "/playlistItems": self.films,
            "/": self.reddit,
        }
        next(site for begin, site in sites.items() if path.startswith(begin))(connection)

    def publish(self, number: int) -> None:
        """Let one more post appear everywhere."""
        unfinished = self.drop / ".unfinished"
        unfinished.write_bytes(lines(str(number)))
        unfinished.replace(self.drop / f"{number:06}.jsonl")
        self.mails.mails[number] = letter(number)
        self.mastodon.post(number, told=False)
        self.items[:] = [str(number), *self.items[: FEED_ITEMS - 1]]
        self.reddit.listing.entries.insert(0, test_reddit.post(str(number)))
        self.tweets.entries.insert(0, test_x.tweet(number))
        self.films.entries.insert(0, test_youtube.film(str(number)))

    def configuration(self) -> str:
        """Return the file of sources, each with every ... of a moment."""
        url = self.server.url("", scheme="http")
        entries = {
            "drop": f"url = 'file://{self.drop}'",
            "imap": f"host = '{HOST}'\nport = {self.mails.port}\nuser = '''{USER}'''\n"
            f"password = {{ env = '{VARIABLE}' }}\nca = '{self.keys.authority}'",
            "feed": f"url = '{url}/feed'",
            "mastodon": f"host = '{url}'\nbegin = '0'",
            "reddit": f"subreddit = 'pics'\nclient_id = 'app'\nsecret = {SECRET}\n{GATED}",
            "x": f"query = 'riot'\ntoken = {SECRET}\n{GATED}",
            "youtube": f"playlist = 'UU1'\nkey = {SECRET}\n{GATED}",
        }
        return "\n".join(
            f"[{name}]\nadapter = '{name}'\n{options}\n" + ("" if GATED in options else "every = 0.05\n")
            for name, options in entries.items()
        )
