"""What every request passes: admission, who is calling, how answers and refusals look on the wire."""
