"""A page, read the way a browser would, and what must hold of every page."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Which elements a page has, with their attributes; and that they are closed in order."""

    EMPTY = frozenset({"meta", "img", "line", "rect", "circle", "polyline", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.EMPTY:
            return
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data

    @property
    def flat(self) -> str:
        return " ".join(self.words.replace("\N{NARROW NO-BREAK SPACE}", " ").split())


def assert_self_contained(text: str) -> None:
    page = Page(text)
    assert page.open == []
    for tag, attributes in page.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "data", "action", "poster", "srcset"}:
                assert (value or "").startswith(("data:image/jpeg;base64,", "#"))
    assert "url(" not in text
    assert "@import" not in text
    policies = [
        attributes["content"]
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert (policies[0] or "").startswith(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    )
