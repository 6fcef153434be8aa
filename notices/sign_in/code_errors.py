"""What can go wrong with a code by mail: see notices/errors.py."""

from notices.errors import KairanError


class MailedCodeMistyped(KairanError):
    slug = "mailed-code-mistyped"
    ja = "メールの番号は数字8けたです。メールを見ながら、もう一度入れてください。"
    en = "The code in the mail has eight digits. Enter it again."


class MailedCodeRefused(KairanError):
    """The same whether it is wrong, old, used up, guessed at too often, or never was."""

    slug = "mailed-code-refused"
    ja = "この番号は使えません。いちばん新しいメールの番号か確かめて、だめなときは番号をもう一度送ってください。"
    en = "This code cannot be used: it is wrong or older than ten minutes, or was tried too often. Ask for a new one."


class PersonUnknown(KairanError):
    slug = "person-not-of-this-address"
    ja = "このメールアドレスの方ではありません。お名前を選びなおしてください。"
    en = "This person does not have this mail address. Choose one of those that were offered."


class PasskeyWanted(KairanError):
    slug = "passkey-wanted"
    ja = "市の仕事をする方は、メールの番号だけでは入れません。パスキーか、市からもらった紙の番号で入ってください。"
    en = "Who works for the city does not sign in by mail alone. Use your passkey, or a slip from the operator."
