"""The canary: rounds, arrivals, alarms, on real lines."""
