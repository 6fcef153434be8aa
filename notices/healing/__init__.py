"""Homes that fall silent are asked after, and in the end get paper; whoever opens the app is back on the phone by that.

Read in this order: `silence` (whose phone is quiet, who was asked in vain), `questions` (who is asked, when, and what a
question finds as it leaves), `paper` (which homes fall to paper by themselves, and how they come back).
"""
