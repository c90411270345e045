#include "fathom/ops/torch_pch.h"
