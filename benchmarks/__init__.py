"""How good and how fast filterfeed is, beside other extractors: see README.md in this directory."""

import os

# One thread for everybody. Numeric libraries read this once, when they are first imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
