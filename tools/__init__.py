"""What makes, proves and publishes the notebooks."""

import os

# MKL's log and exp differ in the last bit from one processor to the next, but in this mode; kernels inherit it.
os.environ["MKL_CBWR"] = "COMPATIBLE"
