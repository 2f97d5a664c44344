"""All configured sources followed at once in one process, for tests to kill.

Takes the port of the server that stands in for every platform.
"""

import sys
from functools import partial
from threading import Event, Thread

from ingest import sources
from ingest.adapters import reddit, x, youtube
from ingest.follow import follow
from ingest.http import fetcher
from tests.ingest import web


def main(server: web.Server) -> None:
    made = web.fetcher(server)
    fetcher.from_settings = lambda _settings: made
    base = server.url("", scheme="http")
    reddit.Subreddit = partial(reddit.Subreddit, places=(base, base))  # type: ignore[assignment,misc]
    x.XSearch = partial(x.XSearch, base=base)  # type: ignore[assignment,misc]
    youtube.YouTubeList = partial(youtube.YouTubeList, base=base)  # type: ignore[assignment,misc]
    for source in sources.configured().values():
        Thread(target=follow, args=(source, lambda _: None, Event())).start()


if __name__ == "__main__":
    main(web.Server(int(sys.argv[1])))
