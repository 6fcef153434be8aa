"""Where a demo's and a test's messages end: a mail server and a push service that keep what they get.

For `kairan demo` and the tests, and for nobody else. They share no code with what sends, so they may judge it.
"""
