// Package leave holds the page between this site and a link that an answer or a document holds.
package leave
