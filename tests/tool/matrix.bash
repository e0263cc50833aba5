# SPDX-License-Identifier: MIT
# The matrix: captured boots x threads x batches x chunks on one core.  Sourced after checks.bash.

matrix_threads="1 2"
matrix_batches="block section chunk"
matrix_chunks="1s 3s linux"

# The captured boots, of which there have to be twenty.
captured_boots() {
	ls "$MMINIT_SOURCE_DIR"/tests/linux/*.log
}

# run_cell BINARY FILE THREADS BATCH CHUNK INVARIANTS: one run, which has to end well and to have
# judged at least INVARIANTS.  Prints nothing, or what is wrong.
run_cell() {
	local said number
	if ! said=$("$1" run "$2" --threads "$3" --batch "$4" --chunk "$5" 2>&1); then
		echo "ended badly: $said"
		return
	fi
	said=$(sed -n 's/^verify *hold:\([0-9 ]*\).*/\1/p' <<<"$said")
	for number in $6; do
		case " $said " in
		*" $number "*) ;;
		*) echo "invariant $number was not judged" ;;
		esac
	done
}

# run_matrix BINARY INVARIANTS FILE...: every cell of the files; prints a line a file with a mark a
# cell, and fails for each cell that is not there or does not hold.
run_matrix() {
	local binary=$1 invariants=$2 file threads batch chunk marks wrong
	local nr_cells=0 nr_expected
	shift 2
	nr_expected=$(($# * $(wc -w <<<"$matrix_threads") * $(wc -w <<<"$matrix_batches") * $(wc -w <<<"$matrix_chunks")))
	echo "columns: threads ($matrix_threads) x batch ($matrix_batches) x chunk ($matrix_chunks)"
	for file in "$@"; do
		marks=
		for threads in $matrix_threads; do
			for batch in $matrix_batches; do
				for chunk in $matrix_chunks; do
					wrong=$(run_cell "$binary" "$file" "$threads" "$batch" "$chunk" "$invariants")
					nr_cells=$((nr_cells + 1))
					marks+=" $([ -z "$wrong" ] && echo ok || echo XX)"
					[ -z "$wrong" ] ||
						fail "$(basename "$file") --threads $threads --batch $batch --chunk $chunk: $wrong"
				done
			done
		done
		printf '%-28s%s\n' "$(basename "$file" .log)" "$marks"
	done
	[ "$nr_cells" = "$nr_expected" ] || fail "$nr_cells cells of $nr_expected"
	echo "report: $(basename "$0" .sh): $nr_cells cells of $# boots, $(basename "$binary")"
}

# Sanitized binaries are slow: they get a part of the boots, one of each kind, and say so.
matrix_files() {
	if [ -n "${MMINIT_SANITIZE-}" ]; then
		echo "reduced set, because of the sanitizers ($MMINIT_SANITIZE)" >&2
		for name in section-shared holes ppc64el-two-nodes; do
			echo "$MMINIT_SOURCE_DIR/tests/linux/$name.log"
		done
	else
		captured_boots | grep -v '/big-256g'
	fi
}
