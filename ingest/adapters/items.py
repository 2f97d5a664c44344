"""Gather items into a page, shared by the adapters."""

from dataclasses import dataclass, field

from ingest.adapter import PAGE_BYTES, PAGE_MEDIA, FoundPost, Rejected


def passed_over(count: int) -> tuple[str, ...]:
    """Return what a person should hear of posts that hold nothing to score, such as only a film."""
    return (f"{count} post(s) hold neither text nor a picture; passed over.",) if count else ()


@dataclass(slots=True)
class Items:
    """The items of one page while it fills up."""

    most: int
    posts: list[FoundPost] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    size: int = 0
    media: int = 0

    def add(self, item: FoundPost | Rejected) -> None:
        """Put an item where it belongs."""
        self.size += len(item.raw)
        if isinstance(item, FoundPost):
            self.posts.append(item)
            self.media += len(item.media)
        else:
            self.rejected.append(item)

    @property
    def count(self) -> int:
        """Items on the page so far."""
        return len(self.posts) + len(self.rejected)

    @property
    def full(self) -> bool:
        """Whether the page should end here."""
        return self.count >= self.most or self.size >= PAGE_BYTES or self.media >= PAGE_MEDIA
