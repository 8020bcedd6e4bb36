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
crumbs = Where you are
somebody = Somebody
save = Save
cancel = Cancel

# The list.
browse-search = Search initiatives
browse-words = About
browse-state = State
browse-any-state = Any
browse-order = Order
browse-more = Topic, department, place
browse-topic = Topic
browse-any-topic = Any
browse-department = Department
browse-any-department = Any
browse-territory = Place
browse-any-territory = Everywhere
browse-button = Show
browse-all = All
browse-list = List of initiatives
browse-nothing = Nothing found
browse-nothing-hint = Try other words or fewer conditions. Or are you the first to think of it?
browse-reset = Show all
browse-propose-this = Propose it
browse-empty = No initiatives yet
browse-first = Propose the first one
browse-order-newest = Newest first
browse-order-ending-soon = Ending soon
browse-order-near-threshold = Nearly there
browse-order-most-votes = Most votes
browse-order-updated = Recently changed

# The page.
show-author = Proposed by
show-hidden = Moderators hid the text. Reason: { $reason }
show-hidden-moderator = You are a moderator, so you see it.
show-follow = Follow
show-unfollow = Unfollow
show-print = Print
show-share = Share
show-link = Link to the initiative
show-copy = Copy
show-copied = Copied
show-answer = Official answer
show-answer-yes = It will be done
show-answer-no = It will not be done
show-goal = What to change
show-effect = What will be better
show-resources = What it takes
show-files = Documents
show-plan = Plan
stages = The way of the initiative
stage-review = Review
stage-voting = Voting
stage-answer = Answer
stage-implementation = Implementation
stage-done = Done:
stage-ended = Ended here:
plan-due = Due:
plan-done = Done
plan-late = overdue
plan-complete = Mark as done
plan-note = What was done
plan-complete-button = Done
plan-all-done = All steps are done. If everything is, say so: those who follow the initiative will hear of it.
plan-result = What came of it
plan-all-done-button = The initiative is done
course-heading = Course of the vote
course-title = Votes gathered
course-people = People who voted

# The vote.
tally-open = Voting is open
tally-over = Result of the vote
tally-none = No vote yet
tally-results = Votes by option
tally-mine = your choice
tally-ends = Voting ends
tally-ended = Voting ended
tally-in-review = The department reviews it. Then voting begins.
tally-draft = Voting begins once the author hands it in and it is reviewed.
tally-never = It did not come to a vote.
tally-chosen = You voted: { $chosen }
vote-choose = Choose an option
vote-change = Change your vote
vote-withdraw = Withdraw your vote
vote-secret = Only you see how you voted. Everybody else sees the totals.
vote-title = Your vote
vote-closed = You cannot vote now: voting has not begun or is over.
vote-to-initiative = To the initiative
vote-you-choose = You choose
vote-options = Options
vote-nothing = Choose what you vote for.
vote-rule-one = Choose one option.
vote-button = Vote
vote-change-button = Change the vote
vote-until = You can change or withdraw it until
vote-once = Everybody has one vote; it counts at once.
vote-not-now = Go back without voting
flash-vote-cast = Your vote counts. You can change or withdraw it until voting ends. We will tell you the result.
flash-vote-withdrawn = Your vote is withdrawn and no longer counts. You can vote again until voting ends.
flash-followed = You follow the initiative: we will tell you whatever happens to it.
flash-unfollowed = You no longer follow the initiative.

# The discussion.
comments-title = Discussion
comments-new = There are new comments.
comments-new-show = Show
comments-sides = Comments by side
comments-all = All
comments-for = For
comments-against = Against
comments-order = Order
comments-order-button = Sort
comments-empty = Nobody has said anything yet. Begin: what is good about it, and what is missing?
comments-early = The discussion begins with the vote.
comments-say = What do you think?
comments-side = Your comment is
comments-hint = Be to the point and kind: everybody will see it.
comments-button = Send
comments-log-in = Log in to have your say
comment-order-best = Most helpful first
comment-order-newest = Newest first
comment-order-controversial = Most disputed first
comment-order-oldest = Oldest first
comment-side-for = For
comment-side-against = Against
comment-side-neutral = A question or remark
comment-text = Text
comment-as-official = Officially, for the department or working group
comment-official = Official
comment-permalink = link to the comment
comment-edited = edited
comment-hidden = Hidden by a moderator: { $reason }
comment-up = Helpful
comment-down = Not helpful
comment-reply = Reply
comment-edit = Edit
comment-title = Comment
comment-to-subject = To the discussion
comment-to-parent = What it replies to
comment-no-replies = No replies yet.
comment-reply-title = Your reply
comment-reply-button = Reply
comment-edit-title = Edit the comment
comment-edit-hint = The former text stays visible to all.
comment-edit-late = It is too late to edit this comment. You can reply to it and say what you meant.
flash-comment-added = Everybody sees your comment. We will tell you when somebody replies.
flash-reply-added = Everybody sees your reply, and the author of the comment will hear of it.
flash-comment-edited = The comment is changed. The former text stays in its history.
flash-comment-voted = Thank you, your vote counts.

# Flags.
flag-link = Report
flag-title = Ask moderators to look
flag-back = Back
flag-reason = What is wrong
flag-reason-spam = Advertising or repetition
flag-reason-abuse = Insults, threats
flag-reason-personal-data = Somebody's personal data
flag-reason-illegal = Against the law
flag-reason-off-topic = Off topic
flag-reason-other = Something else
flag-body = In your words
flag-hint = Only moderators know who asked.
flag-choose = Choose what is wrong.
flag-button = Send
flash-flagged = Thank you. A moderator will look and decide whether to hide it.
hide-link = Hide
hide-title = Hide from everybody
hide-reason = Reason
hide-hint = Everybody will see the reason. Open reports about it will be closed.
hide-button = Hide
flash-hidden = It is hidden. Everybody sees the reason instead.

# Proposing.
new-title = A new initiative
new-title-label = In short: what do you propose?
new-title-hint = One phrase, up to 140 characters. For example: “A pavement from the school to the park”.
new-goal-label = What should change?
new-goal-hint = What is wrong now and how it should be. Plain words, at least a few sentences.
new-still = Mine is different, go on
new-saved-hint = The draft is saved; only you see it.
step-list = Steps
step-1 = The idea
step-2 = Details
step-3 = Last look
step-next = Next
step-back = Back
step-leave = Save and finish later
similar-title = Similar initiatives
similar-words = about the same: { $words }
similar-hint = If one is about the same, a vote for it helps more than another initiative.
edit-title = Your initiative
edit-effect = What will be better?
edit-effect-hint = For whom and by how much. Needed to hand it in, at least 20 characters.
edit-resources = What does it take?
edit-resources-hint = Money, people, time, permissions — as far as you know. Needed to hand it in, at least 20 characters.
edit-department = Who can do it
edit-department-hint = The department will review and answer it. If in doubt, choose the closest one.
edit-topic = Topic
edit-territory = Place
edit-choose = Not chosen
edit-kind = How people vote
ballot-kind-support = Signatures of support
ballot-kind-for-against-abstain = For, against or abstain
ballot-kind-single-choice = One of several options
ballot-kind-multiple-choice = Several of a list of options
edit-options-more = Options, when people choose among several
edit-options = Options
edit-options-hint = One a line, 2 to 50.
edit-min = Choose at least
edit-max = Choose at most
edit-threshold = Votes needed
edit-threshold-hint = So many people must support it for the department to answer.
edit-days = Days of voting
edit-days-hint = 1 to 366.
edit-quorum = People who must vote
edit-quorum-hint = With fewer the vote does not count. Leave empty if it does not matter.
edit-files = Documents and photos
edit-files-hint = Up to 10 files.
edit-files-there = Attached already:
edit-file-done = File uploaded
edit-file-failed = Not uploaded
edit-change = Change
edit-empty = Still empty
edit-submit = Hand it in
edit-later = Later
next-title = What happens next
next-review = The department and moderators review it, then publish it or return it with an explanation. You will be told.
next-answer = With enough votes the department gives an official answer for all to see.
next-done = If the answer is yes, there is a plan with dates, and everybody can follow it.
next-frozen = Once handed in, the text cannot be changed during the review.
flash-draft-saved = Saved. You can come back to the draft from your page.
flash-initiative-submitted = It is handed in. We will tell you when it is published or returned.

# Co-authors, signing, withdrawing.
todo-draft = This is a draft: only you and invited co-authors see it.
todo-returned = It came back with an explanation (see the history below). Change it and hand it in again.
todo-edit = Go on
todo-submit = Last look and hand in
todo-coauthors = Invite co-authors
todo-sign = The author asks you to sign this initiative.
todo-sign-link = Read and sign
todo-review = It waits for your review.
todo-review-link = Review
todo-answer = It found its votes and waits for your department's answer.
todo-answer-link = Answer
todo-withdraw = Withdraw the initiative
coauthors-title = Co-authors
coauthors-none = You are the only author. Co-authors sign before it is handed in.
coauthors-signed = signed
coauthors-waiting = waiting for the signature
coauthors-invite = Invite
coauthors-links = Links to people's pages
coauthors-hint = Open somebody's page, copy its address and paste it here. Several are fine, up to 20.
coauthors-wrong = “{ $link }” does not look like a link to somebody's page. It ends in /people/ and a long code.
coauthors-button = Invite
coauthors-back = Back to the initiative
coauthors-late = The author can invite co-authors until the initiative is handed in.
flash-coauthors-invited = The invitations are sent. Signatures appear here.
sign-title = Sign as a co-author
sign-hint = Your name will stand beside the author's for all to see.
sign-button = Sign
sign-not = Do not sign
sign-late = You cannot sign: you were not invited, have signed already, or it is handed in.
flash-signed = You are a co-author. We will tell you what happens next.
withdraw-title = Withdraw the initiative
withdraw-hint = Voting stops, and it cannot be undone. The page and its history stay visible.
withdraw-reason = Why
withdraw-reason-hint = Everybody will see the reason. It is needed once voting has begun.
withdraw-button = Withdraw
withdraw-late = This initiative can no longer be withdrawn.
flash-withdrawn = The initiative is withdrawn. Those who followed it will hear of it.

# Review.
review-queue-title = Initiatives under review
review-queue-empty = All reviewed
review-queue-empty-hint = New ones appear here when authors hand them in.
review-queue-since = handed in
review-queue-not-yours = others decide
review-title = Review of an initiative
review-page = Page of the initiative
review-similar-hint = Compare: is any of them about the same?
review-none-similar = No similar initiatives found.
review-verdict = Verdict
verdict-publish = Publish: voting begins
verdict-return = Return to the author for changes
verdict-reject = Reject
review-reason = Explanation
review-reason-hint = Everybody will see it. Needed to return or reject: what is wrong and what can be done.
review-choose = Choose a verdict.
review-button = Decide
flash-review-published = Published: voting has begun, and the author will hear of it.
flash-review-returned = Returned to the author with your explanation.
flash-review-rejected = Rejected; the author gets your explanation.

# Answer.
answer-title = Official answer
answer-hint = The initiative found its votes. The answer is given once, and everybody will see it.
answer-accepted = Will it be done?
answer-yes = Yes, we will do it
answer-no = No
answer-body = The answer with reasons
answer-body-hint = In plain words: what was decided and why. At least 20 characters.
answer-plan = Plan
answer-plan-hint = With a yes, name at least one step and its date. Empty rows are left out.
answer-step = Step { $number }
answer-due = Due
answer-more = More steps
answer-button = Give the answer
answer-choose = Choose yes or no.
answer-no-day = Every step needs a date: day, month and year.
flash-answered-yes = The answer is published and the work has begun. Mark the steps as they are done.
flash-answered-no = The answer is published. The authors and followers will hear of it.
flash-milestone-done = The step is marked. Those who follow will hear of it.
flash-implemented = The initiative is done. Thank you! Those who followed it will hear of it.
history-title = History
history-by-count = by the count
history-version = Version { $number }

# Numbers.
browse-found = { $count ->
    [0] Nothing found
    [one] { $count } initiative found
   *[other] { $count } initiatives found
}
plan-done-of = { $count ->
    [one] { $done } of { $count } step done
   *[other] { $done } of { $count } steps done
}
tally-people = { $count ->
    [one] person voted
   *[other] people voted
}
tally-quorum = The vote counts if at least { $count ->
    [one] { $count } person votes
   *[other] { $count } people vote
}.
vote-rule-many = Choose at least { $min } and at most { $max }.
comment-replies = { $count ->
    [0] Replies
    [one] { $count } reply
   *[other] { $count } replies
}
comment-all-replies = { $count ->
    [one] Read { $count } reply
   *[other] Read all { $count } replies
}
comment-former = { $count ->
    [one] { $count } former text
   *[other] { $count } former texts
}
history-versions = { $count ->
    [one] How the text changed: { $count } revision
   *[other] How the text changed: { $count } revisions
}
next-voting = Voting takes { $days ->
    [one] { $days } day
   *[other] { $days } days
}; { $count ->
    [one] { $count } vote is needed
   *[other] { $count } votes are needed
}.
review-queue-count = { $count ->
    [one] { $count } initiative waits.
   *[other] { $count } initiatives wait. Those that wait longest come first.
}
