"""What can go wrong with a visit. See errors.py for the form."""

from notices.errors import KairanError


class NotYourVisit(KairanError):
    slug = "not-your-visit"
    ja = "取り消せるのは、記録した本人だけです。まちがいのときは、記録した方にお伝えください。"
    en = "Only whoever recorded a visit can take it back. Tell them if it is a mistake."


class AnswerWanted(KairanError):
    slug = "answer-wanted"
    ja = "安否の確認では、聞いたことを安否のページで答えとして記録してください。"
    en = "At the door of a safety check what was said is noted as an answer, on the safety board."
