"""An exercise as a form of the page."""


def form(exercise):
    return exercise.html()
