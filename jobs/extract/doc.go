// Package extract takes the text out of files that people upload: PDF, DOCX, PPTX, XLSX, mail, HTML, Markdown,
// plain text and CSV.
//
// A file from outside is hostile until shown otherwise, so no reader runs in the server. A [Runner] starts a child
// process of our own binary (see [Main]) with an empty environment, limits on time, memory, output and open files, and,
// where the machine allows it, no network. The file goes in on standard input and never touches a disk; the text comes
// back in frames on standard output. What a child returns is checked again, and a child that dies returns nothing: there
// is no half-read document.
//
// [Sniff] decides what the bytes really are. [Read] is what the child does with them.
package extract
