"""PURE: what a president and clerks are told of homes that are left at the end of the ladder."""


def said(lang: str, homes: int, title: str) -> tuple[str, str]:
    """Title and text. Japanese where we do not speak the language yet."""
    if lang == "en":
        return (
            f"{'One home is' if homes == 1 else f'{homes} homes are'} still not heard of: {title}",
            "No channel has reached them, and nobody has recorded a visit. Open the app, see which homes they are, "
            "and agree who telephones and who goes there.",
        )
    return (
        f"まだ確かめられない家が{homes}軒あります：{title}",
        "スマホでもメールでも届かず、訪ねた記録もない家です。アプリでどの家かを見て、電話をする人、訪ねる人を決めてください。",
    )
