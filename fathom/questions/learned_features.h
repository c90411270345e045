// What a FeatureExtractor learned. Private to the room; features.h is the interface.
#pragma once

#include "fathom/questions/features.h"
#include "fathom/questions/name_classes.h"
#include "fathom/questions/tagger.h"

namespace fathom::questions {

struct FeatureExtractor::Learned {
  Tagger tagger;
  NameClasses names;
};

}  // namespace fathom::questions
