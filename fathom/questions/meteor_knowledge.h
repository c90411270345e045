// What METEOR knows of English: Porter's stems, WordNet's synonyms and a list of function words.
#pragma once

#include <memory>

#include "fathom/metrics/meteor.h"
#include "fathom/text/wordnet.h"

namespace fathom::questions {

// Without `net` no words are synonyms. The functions remember what they looked up; one object serves one thread at a time.
metrics::MeteorKnowledge english_meteor_knowledge(std::shared_ptr<const text::WordNet> net);

}  // namespace fathom::questions
