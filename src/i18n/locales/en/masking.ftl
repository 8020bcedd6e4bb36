# Personal data in messages that everybody may read.
masking-found = Everybody can read this. It seems to hold personal data
masking-by-hand = Hide personal data
masking-hint = What you hide becomes […] for everybody else: here, in lists, in search and in mails. You and the author can still read it. Attached files stay as they are.
masking-what = What to hide
masking-other = Something else
masking-other-hint = A name, an address, a number: exactly as it stands in the message.
masking-button = Hide from everyone else
masking-hidden = Personal data are hidden here since
masking-original = As the author wrote it
masking-original-seen = Only you and the working group see this.
masking-show = Show to everybody again
masking-public = Some personal data was hidden by the working group.
flash-queue-masked = Hidden. Only the author and the working group can read it now.
flash-queue-unmasked = The message stands again as its author wrote it.

personal-phone = telephone number
personal-email = e-mail address
personal-passport = passport
personal-snils = insurance number
personal-inn = taxpayer’s number
personal-card = bank card
personal-flat = flat
personal-name = name
