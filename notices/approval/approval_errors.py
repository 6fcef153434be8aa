"""What can go wrong with a second person: see notices/errors.py."""

from notices.errors import KairanError


class ClerksOnly(KairanError):
    slug = "clerks-only"
    ja = "市全体への送信を頼めるのは、市職員の役の方だけです。承認する方は、承認か差し戻しができます。"
    en = "Only who holds a clerk's seat of the city asks to send to it. An approver approves or gives back."


class OwnApproval(KairanError):
    slug = "own-approval"
    ja = "ご自分が頼んだものは承認できません。ほかの方の承認を待つか、取り下げてください。"
    en = "Nobody approves what they asked for themselves. Wait for a colleague, or take it back."


class AlreadyDecided(KairanError):
    slug = "already-decided"
    ja = "この承認は、もう済んでいます。画面を開きなおして、いまの状態を見てください。"
    en = "This was decided before: it is {state}. Load it again."


class ApprovalOld(KairanError):
    slug = "approval-old"
    ja = "ご覧になったあとで内容が変わりました。いまの内容を見てから、もう一度承認してください。"
    en = "It was changed after you saw it; what waits now is revision {revision}. Look at it, and approve that."


class AskerLeft(KairanError):
    slug = "asker-left"
    ja = "頼んだ方は、もう市の担当ではありません。差し戻して、いまの担当の方が頼みなおしてください。"
    en = "Whoever asked holds no seat of the city any more. Give it back; a clerk of today asks again."


class NobodyToApprove(KairanError):
    slug = "nobody-to-approve"
    ja = "承認できる方が、ほかにいません。承認する方の登録を、市のシステム担当者に頼んでください。"
    en = "There is nobody else who could approve. Have the operator appoint one (`kairan seats appoint --role approver`)."


class RefusalReasonMissing(KairanError):
    slug = "refusal-reason-missing"
    ja = "差し戻すわけを、{most}文字までで書いてください。"
    en = "Say why you give it back, in at most {most} characters."


class CorrectionWaits(KairanError):
    slug = "correction-waits"
    ja = "この回覧には、承認を待っている訂正がもうあります。その承認を待つか、取り下げてから、もう一度お出しください。"
    en = "A correction of this circular waits for approval already. Wait for it, or take it back first."
