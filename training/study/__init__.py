"""The paper's claims, measured: Table 1 and Table 2 from one command (`python -m training.study`)."""
