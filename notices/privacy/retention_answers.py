"""What was answered, and what neighbours carried, goes with the proofs."""

from typing import Final

from notices.bundles import carriages
from notices.forms import forgetting as form_answers
from notices.privacy.retention import Rule
from notices.safety import forgetting as safety_answers

RULES: Final = (
    Rule("safety answers", "proofs", safety_answers.old, safety_answers.forget),
    Rule("form answers", "proofs", form_answers.old, form_answers.forget),
    Rule("carriages", "proofs", carriages.old, carriages.forget),
)
