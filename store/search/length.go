package search

import "math/bits"

// A passage's length in terms is kept in one byte: exact below 64, then 32
// steps an octave (off by 3% at most), up to 4032.

// lengthCode quantises a length, rounding down.
func lengthCode(n int) byte {
	if n < 64 {
		return byte(max(n, 0))
	}
	octave := bits.Len(uint(n)) - 7
	if octave > 5 {
		return 255
	}
	return byte(64 + octave*32 + n>>(octave+1) - 32)
}

// codeLength is the length that a code stands for.
func codeLength(c byte) int {
	if c < 64 {
		return int(c)
	}
	octave := (int(c) - 64) / 32
	return (int(c)%32 + 32) << (octave + 1)
}
