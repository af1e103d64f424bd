package handlers

// PolicySections lets tests read the real policy as the page does.
var PolicySections = policySections
