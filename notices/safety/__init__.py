"""安否確認: who answers for whom, what counts, and the boards on which it is seen."""
