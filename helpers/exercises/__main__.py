"""The table of a room: `python -m helpers.exercises FOLDER`, with the files that `answers` wrote in that folder."""

import argparse
import sys

import pandas as pd

from helpers.exercises import EXERCISES
from helpers.exercises.handing_in import read_room


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m helpers.exercises", description=__doc__)
    parser.add_argument("folder", help="where the files lie, folders in it included")
    parser.add_argument("--run", action="store_true", help="check functions anew too: this runs the code handed in")
    parser.add_argument("--csv", metavar="FILE", help="write a row for each answer besides")
    options = parser.parse_args()
    try:
        room = read_room(options.folder, EXERCISES, options.run)
    except ValueError as error:
        sys.exit(str(error))
    print(room)
    if options.csv:
        pd.DataFrame(room.rows()).to_csv(options.csv, index=False)


if __name__ == "__main__":
    main()
