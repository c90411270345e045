// What question matching has to beat: cosines of bags of words.
#pragma once

#include "fathom/faq/question_matcher.h"

namespace fathom::faq {

// Cosine of the questions' tf·idf vectors, without function words.
double tfidf_cosine(const QuestionMatcher& matcher, const Question& a, const Question& b);

// Soft cosine (Sidorov et al. 2014; with word vectors as in Charlet & Damnati 2017): aᵀSb / √(aᵀSa · bᵀSb), where S of two words is the
// square of their vectors' cosine, 0 for negative cosines and below 0.1, 1 for the same word.
double soft_cosine(const QuestionMatcher& matcher, const Question& a, const Question& b);

}  // namespace fathom::faq
