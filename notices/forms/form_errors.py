"""What can go wrong with a form and its answers. See errors.py for the form of an error."""

from notices.errors import KairanError

# --- asking ---------------------------------------------------------------------------------------------


class FormWrong(KairanError):
    slug = "form-wrong"
    ja = "質問の作り方に誤りがあります（{field}）。質問と選択肢を確かめてください。"
    en = "The form is wrong at {field}: {why}."


class FormNeedsDeadline(KairanError):
    slug = "form-needs-deadline"
    ja = "総会の議決には、しめきりが要ります。しめきりの日を選んでください。"
    en = "A vote needs a deadline. Give the notice one."


class FormNotForCity(KairanError):
    slug = "form-not-for-city"
    ja = "市の回覧では、アンケートと、定員のない出欠だけを聞けます。"
    en = "A circular of the city may ask a survey, or attendance without places."


class FormNotInAlarm(KairanError):
    slug = "form-not-in-alarm"
    ja = "緊急・訓練・安否確認のお知らせでは、フォームで聞くことはできません。フォームは、べつのお知らせで聞いてください。"
    en = (
        "An emergency, exercise or safety check carries no form. Ask it with a notice or circular of its own."
    )


class FormFixed(KairanError):
    slug = "form-fixed"
    ja = (
        "出したあとは、聞き方の種類・世帯ごとか一人ごとか・無記名かどうかは変えられません。"
        "無記名のものの選択肢と、済んだ議決の締切も変えられません。取り下げて、新しく出してください。"
    )
    en = (
        "Kind, per household or person, and secrecy of a form that is out are fixed; so are the options of what is secret, "
        "and the deadline of a vote that is over. Withdraw it, and send a new one."
    )


class OptionHasAnswers(KairanError):
    slug = "option-has-answers"
    ja = "なくそうとしている質問や選択肢には、{lost}件の回答があります。なくすと、その回答は消え、もう一度お聞きします。"
    en = "{lost} answers are lost by this, and are asked for again. Say dropAnswers to go on."


class PlacesGiven(KairanError):
    slug = "places-given"
    ja = "もう{given}人分の席が決まっています。定員をそれより少なくすることはできません。"
    en = "{given} places are given already. There cannot be fewer."


# --- answering ------------------------------------------------------------------------------------------


class NoFormHere(KairanError):
    slug = "no-form-here"
    ja = "このお知らせは、回答を求めていません。"
    en = "This notice asks for no answer."


class FormClosed(KairanError):
    slug = "form-closed"
    ja = "しめきりのあとに届いたため、数えられませんでした。しめきりまでに届いていた回答があれば、それが数えられます。"
    en = "It arrived after the deadline and does not count. What had arrived before still does."


class NotYourAnswer(KairanError):
    slug = "not-your-answer"
    ja = "ご自分とご自分の世帯の回答だけができます。"
    en = "One answers for oneself and for one's own household."


class OptionGone(KairanError):
    slug = "option-gone"
    ja = "選ばれた答えは、会がなくしました。お知らせをひらいて、もう一度お答えください。"
    en = "What was chosen is not offered any more. Open the notice, and answer again."


class AnswerMissing(KairanError):
    slug = "answer-missing"
    ja = "まだ答えていない質問があります。お知らせをひらいて、もう一度お答えください。"
    en = "A question that needs an answer has none. Open the notice, and answer again."


class AnswerTooLong(KairanError):
    slug = "answer-too-long"
    ja = "書かれた答えが長すぎます。500文字までに短くして、もう一度お答えください。"
    en = "What was written is too long: 500 characters at most."


class NoPlacesLeft(KairanError):
    slug = "no-places-left"
    ja = "人数をふやすだけの席がありません。前にお答えになった人数の席は、そのままです。"
    en = "There are not enough places for more people. The places you have stay yours."


class DelegateUnknown(KairanError):
    slug = "delegate-unknown"
    ja = (
        "委任する方の名前が、会の名簿に見つかりません。名簿のとおりに姓と名を書くか、議長に委任してください。"
    )
    en = "Nobody of that name is in the association. Write the name as in the roster, or choose the chair."


class DelegateAmbiguous(KairanError):
    slug = "delegate-ambiguous"
    ja = "同じ名前の方が会に何人かいるため、委任する方が決まりません。議長に委任するか、役員の方にお伝えください。"
    en = "Several people have that name. Choose the chair, or tell an officer."


class DelegateAtHome(KairanError):
    slug = "delegate-at-home"
    ja = "同じ世帯の方には委任できません。議決は世帯ごとです。議案に直接お答えください。"
    en = "One vote is a household's: answer yourselves, or choose somebody of another household."
