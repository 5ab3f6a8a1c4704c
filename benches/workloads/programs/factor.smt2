; Asks for the two prime factors of a number in bit-vectors: term building,
; bit-blasting, and a search that keeps many learnt clauses.
(set-logic QF_BV)
(set-option :smt.random_seed 12)
(declare-const x (_ BitVec 36))
(declare-const y (_ BitVec 36))
(assert (bvult (_ bv1 36) x))
(assert (bvule x y))
(assert (bvult y (_ bv131072 36)))
(assert (= (bvmul x y) (_ bv11342868451 36)))
(check-sat)
(get-value (x y))
