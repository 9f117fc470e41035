"""What the page of an explorer has: so nothing is sent twice, and no picture made for nothing."""

# How many pictures a page keeps; the page is told the number when it opens. A slider that is made ahead has up to 401
# places, with the next steps and the Page Up jumps around its knob. Some kilobytes each, all are a few megabytes.
KEPT = 500


class PageMemory:
    """The fragments of the last picture that the page was sent, and the settings whose pictures it keeps.

    Only `sent`, `meet` and the two `forget` change it, so whoever asks for an explorer's state leaves no trace.
    """

    def __init__(self):
        self.page = None
        self.forget()

    def forget(self):
        """Take it that the page has nothing."""
        self.fragments = {}
        self.forget_pictures()

    def forget_pictures(self):
        """Take it that the page keeps no picture, as when the places of its controls have got another meaning."""
        self._pictures = {}  # by values as a text, the newest last: a dict, because a set has no order

    def meet(self, page):
        """Note which page speaks: one that has just opened has none of the pictures that another was sent."""
        if self.page not in (None, page):
            self.forget_pictures()
        self.page = page

    def changed(self, fragments):
        """Return those of the fragments, {name: markup}, that are not as the page has them."""
        return {name: markup for name, markup in fragments.items() if markup != self.fragments.get(name)}

    def has(self, values):
        """Return whether the page keeps the picture of these values, a list as the page has it."""
        return str(values) in self._pictures

    def sent(self, values, fragments=None):
        """Note that the picture of `values` was sent; with its `fragments` it is the one to which later ones refer."""
        self._pictures.pop(str(values), None)
        self._pictures[str(values)] = True
        if len(self._pictures) > KEPT:
            del self._pictures[next(iter(self._pictures))]
        if fragments is not None:
            self.fragments = fragments
