// Generated questions as examples to train page encoders on, in place of clicks.
#pragma once

#include <filesystem>

#include "fathom/enrichment/question_pairs.h"
#include "fathom/pages/page_collection.h"

namespace fathom::enrichment {

// Query: the question; page and sentence: those of the answer; weight 1. Pages and sentences that the collection does not have are counted
// as pages::read_page_examples() does. Throws Error when no question is about a page of the collection.
pages::PageExamples synthetic_examples(const std::filesystem::path& pairs, const pages::PageCollection& pages);

}  // namespace fathom::enrichment
