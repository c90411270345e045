#include "fathom/cli/question_encoder_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fathom/autoencoder/train_autoencoder.h"
#include "fathom/base/progress.h"
#include "fathom/cli/compute_device.h"

extern "C" void fathom_train_question_encoder(const fathom::cli::EncoderTrainingRequest* request,
                                              std::optional<fathom::faq::QuestionEncoder>* encoder) {
  using namespace fathom;
  const at::Device device = cli::set_up_compute({request->device, request->threads, request->quiet});
  autoencoder::AutoencoderTraining options;
  options.hidden = request->hidden;
  options.words = request->words;
  options.seed = request->seed;
  Progress progress("Autoencoder", options.words, "word", request->quiet);
  options.report = [&](std::int64_t words, double loss) {
    progress.update(std::min(words, options.words), fmt::format("loss {:.3f}", loss));
  };
  auto trained = autoencoder::train_autoencoder(*request->text, options, device);
  progress.finish();
  if (!trained) return;
  if (!request->quiet) fmt::print(stderr, "reconstruction loss {:.3f} to {:.3f} nats a word\n", trained->first_loss, trained->last_loss);
  encoder->emplace(std::move(trained->encoder));
}
