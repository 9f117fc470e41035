import torch
from sklearn.datasets import load_digits

from helpers.digits import answers, load


def test_every_picture_is_in_one_part_with_its_digit():
    pixels, digits = load_digits(return_X_y=True)
    whole = sorted([*row, digit] for row, digit in zip((pixels / 16).tolist(), digits.tolist()))
    parts = load().values()
    assert sorted([*row, digit] for x, ds in parts for row, digit in zip(x.tolist(), ds.tolist())) == whole


def test_the_answers_are_those_of_the_digits():
    yes = answers(torch.arange(10)) == 1
    assert yes[:, 0].nonzero()[:, 0].tolist() == [0, 6, 8, 9]
    assert yes[:, 1].nonzero()[:, 0].tolist() == [0, 2, 4, 6, 8]
    assert yes[:, 2].nonzero()[:, 0].tolist() == [5, 6, 7, 8, 9]
