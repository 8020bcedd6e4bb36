# Initiatives.
initiative-hidden = The text was hidden by moderators
initiative-state-draft = Draft
initiative-state-in-review = Under review
initiative-state-returned = Returned to the author
initiative-state-rejected = Rejected
initiative-state-voting = Voting
initiative-state-accepted = Supported
initiative-state-not-supported = Not supported
initiative-state-in-implementation = Being done
initiative-state-implemented = Done
initiative-state-withdrawn = Withdrawn
card-of = { $count ->
    [one] of { $count } vote
   *[other] of { $count } votes
}
card-ends = ends
bar-percent = { $count } % of the votes
