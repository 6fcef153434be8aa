"""The worker: what is due is planned, sent and settled, and the house is kept clean."""
