package extract

// Limits bound one document. The zero value of a field means its default.
type Limits struct {
	MaxBytes int64 // of the file; default 100 MB
	MaxText  int64 // bytes of text taken out; default 20 MB
	Unpacked int64 // bytes an archive may unpack to; default 100 MB
	Entries  int   // in an archive; default 2,000
	Ratio    int64 // unpacked to packed, for what unpacks to over 1 MB; default 100
}

// The bounds that are the same for every document.
const (
	MaxBlock  = 16 << 10 // bytes of one block; longer text is cut at a space into several blocks
	maxBlocks = 500_000
	maxPages  = 5_000
	maxCells  = 2_000_000 // of all sheets
	maxDepth  = 256       // of nested elements
	maxTitle  = 300       // characters
	maxPlace  = 80        // characters
	ratioFrom = 1 << 20   // below this, a high ratio harms nobody
)

func (l Limits) withDefaults() Limits {
	return Limits{
		MaxBytes: orElse(l.MaxBytes, 100_000_000),
		MaxText:  orElse(l.MaxText, 20_000_000),
		Unpacked: orElse(l.Unpacked, 100_000_000),
		Entries:  orElse(l.Entries, 2_000),
		Ratio:    orElse(l.Ratio, 100),
	}
}

func orElse[T int | int64](v, fallback T) T {
	if v > 0 {
		return v
	}
	return fallback
}
