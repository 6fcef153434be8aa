"""What distribution costs, beside what others cost, in one run on one machine."""
