package ui

// What the parts themselves say. A page's own words stay with the page; these are here together so that they can be
// translated together.
const (
	wordSummaryOne     = "One thing needs your attention"
	wordSummaryMany    = " things need your attention"
	wordOptional       = "optional"
	wordNewer          = "Newer"
	wordOlder          = "Older"
	wordLoading        = "Loading"
	wordChooseFiles    = "Choose files"
	wordDropFiles      = "or drop them here"
	wordCopilot        = "Copilot"
	wordYou            = "You"
	wordWrittenByAI    = "Written by AI"
	wordQuoted         = "Quoted from your documents"
	wordStop           = "Stop"
	wordRetry          = "Try again"
	wordClose          = "Close"
	wordUndo           = "Undo"
	wordOn             = "On"
	wordOff            = "Off"
	wordReceipt        = "What was sent"
	wordSources        = "Sources"
	wordPending        = "Waiting to start"
	wordStreaming      = "Writing"
	wordStopping       = "Stopping"
	wordLost           = "The connection was lost. Load the page again to see the rest."
	wordFinished       = "The answer is finished"
	wordTaken          = "Taken"
	wordRefused        = "Not taken"
	wordUploadLost     = "The connection was lost before the file had arrived. Try it again."
	wordChecking       = "Checking"
	wordUploads        = "{taken} of {all} files were taken"
	wordStopped        = "Stopped"
	wordInterrupted    = "Interrupted"
	wordFailed         = "Could not be finished"
	wordRequestID      = "Request"
	wordNotSpecified   = "not given"
	wordBreadcrumbs    = "You are here"
	wordGoes           = "What goes"
	wordStays          = "What stays here"
	wordRecipient      = "To whom"
	wordKept           = "Kept there"
	wordPolicy         = "Privacy policy"
	wordAgree          = "I agree"
	wordWithdraw       = "Withdraw consent"
	wordWithdrawable   = "You can withdraw this at any moment."
	wordWithdrawalCuts = "Answers being written stop within a second."
)

// orElse gives s, or the other when s is empty.
func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
