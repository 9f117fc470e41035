"""The running example and the article's printed tensors: each number stands here once.

The four-class network and its logits come from the article's spreadsheet, to two decimals. The tensors of the
`dim` lesson are the ones that the article prints; no seed reproduces them, so they are typed in.

Each access makes a tensor anew, so that nobody who changes theirs can spoil another's:

>>> from helpers import data
>>> _ = data.LOGITS.zero_()
>>> data.LOGITS
tensor([ 3.4900,  4.4300, -2.2500,  2.6400])
"""

import torch

LABELS = ("cat", "dog", "cow", "zebra")

#: The threshold of the article, in logits; as a probability it is sigmoid(3) = 0.9526.
THRESHOLD_LOGIT = 3.0

#: Twelve words that may follow "At noon the zebra eats", the most probable first; NEXT_LOGITS has their logits.
NEXT_WORDS = ("grass", "hay", "leaves", "straw", "bark", "oats", "roots", "moss", "fruit", "corn", "sand", "stones")

#: What the spreadsheet's faulty column "log softmax" (in truth log10) shows for dog.
SPREADSHEET_DOG_NLL = 0.1933

_TENSORS = {
    # One image, four classes: the network's raw scores, shape (4,).
    "LOGITS": lambda: torch.tensor([3.49, 4.43, -2.25, 2.64]),
    # What a language model might give the words in NEXT_WORDS, made up, shape (12,).
    "NEXT_LOGITS": lambda: torch.tensor([3.6, 3.1, 2.7, 2.0, 1.6, 1.1, 0.6, 0.1, -0.5, -1.2, -2.0, -3.0]),
    # The same four logits as the article's spreadsheet has them, before rounding, shape (4,).
    "SPREADSHEET_LOGITS": lambda: torch.tensor(
        [3.491797067, 4.429305357, -2.251815787, 2.643896451], dtype=torch.float64
    ),
    # What the spreadsheet's faulty column "sigmoid" (in truth 2x) shows, shape (4,).
    "SPREADSHEET_SIGMOID": lambda: torch.tensor([6.98, 8.86, -4.50, 5.29], dtype=torch.float64),
    # What the article feeds to `nn.Softmax(dim=0)` and what it prints, shape (2, 3).
    "SOFTMAX_INPUT": lambda: torch.tensor([[-1.2928, -2.9990, -1.8886], [0.1079, -3.6320, -1.6835]]),
    "SOFTMAX_PRINTED": lambda: torch.tensor([[0.1977, 0.6532, 0.4489], [0.8023, 0.3468, 0.5511]]),
    # The same for `F.softmax(..., dim=0)`, shape (2, 3).
    "F_SOFTMAX_INPUT": lambda: torch.tensor([[0.9096, -2.5876, -2.2403], [-0.8566, 0.2757, -1.9268]]),
    "F_SOFTMAX_PRINTED": lambda: torch.tensor([[0.8540, 0.0540, 0.4223], [0.1460, 0.9460, 0.5777]]),
    # The same for `torch.sigmoid`, shape (1, 5).
    "SIGMOID_INPUT": lambda: torch.tensor([[-0.4010, 0.0468, -0.4071, 0.6252, 1.0899]]),
    "SIGMOID_PRINTED": lambda: torch.tensor([[0.4011, 0.5117, 0.3996, 0.6514, 0.7484]]),
}

__all__ = ["LABELS", "THRESHOLD_LOGIT", "NEXT_WORDS", "SPREADSHEET_DOG_NLL", *_TENSORS]


def made_anew(module, tensors, names):
    """Return the `__getattr__` and `__dir__` of a module that hands out tensors.

    Parameters
    ----------
    module : str
        The module's name, for the error.
    tensors : {name: function that makes the tensor}
    names : list of str
        All that tab completion shows.
    """

    def __getattr__(name):
        if name not in tensors:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return tensors[name]()

    return __getattr__, lambda: sorted(names)


__getattr__, __dir__ = made_anew(__name__, _TENSORS, __all__)
