// Package words holds the sentences that several pages share: what a stable code means, what a state is called, how a
// time, a size or a count is written. Pages' own words stay with the page. Nothing here decides anything, and every
// function answers for a code that it does not know with a sentence that is still true.
package words
