"""Passkeys (W3C WebAuthn) of those who work for the city: to come in on a new device, and to prove afresh that it is they
before something goes to the whole city.

Read in this order: `challenges` (what is to be signed: made from a key, kept nowhere, good once), `registering` (who may make
one), `asserting` (an answer is checked), `fresh` (how long that holds). The library's words are translated in `answers`.
"""
