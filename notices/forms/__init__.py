"""FORMS ON A NOTICE: what is asked, who has answered what, who has a place, how a vote stands."""
