"""Training of the models that Foley Studio ships; see README.md."""

import os

# Before torch is imported: threads that wait by spinning take the cores from whatever else runs (a step of the
# transformer took 6.4 s beside other work, 2.8 s without).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
