"""Speaking for another, by recorded consent: invited, taken up, withdrawn by either side; what a family hears."""
