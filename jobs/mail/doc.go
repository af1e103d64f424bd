// Package mail is how mail leaves: it renders a letter, puts the configured base URL before its link, and hands it to an
// SMTP server, or in development to a folder. Nothing else of the product reaches a mail server (P26).
package mail
