"""WHO GETS IT HOW: `plan` makes deliveries of a notice, `forecast` and `reachability` tell of it before and beside."""
