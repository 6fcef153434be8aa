"""The paper twin: the sheet of a notice for the homes of a block that are still on paper, printed and brought back."""
