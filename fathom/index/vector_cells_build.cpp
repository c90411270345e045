// Making the cells of a segment.
#include <algorithm>
#include <array>
#include <cmath>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/index/cell_training.h"
#include "fathom/index/random_rotation.h"
#include "fathom/index/vector_cells.h"

namespace fathom::index {
namespace {

constexpr std::uint64_t seed = 1;
constexpr std::int64_t sample_a_cell = 64;  // vectors that a cell is learnt from
constexpr std::int64_t rows_a_piece = 1024;
constexpr std::int64_t judged_queries = 200, judged_depth = 100;

class Rotated {
 public:
  Rotated(const VectorSegment& segment, const std::vector<float>& rotation)
      : segment_(segment), rotation_(rotation), plain_(static_cast<std::size_t>(segment.width())) {}
  void row(std::int64_t row, float* out) {
    for (std::size_t j = 0; j < plain_.size(); ++j) plain_[j] = static_cast<float>(segment_.codes(row)[j]) * segment_.scale(row);
    rotate(rotation_.data(), plain_.data(), segment_.width(), out);
  }

 private:
  const VectorSegment& segment_;
  const std::vector<float>& rotation_;
  std::vector<float> plain_;
};

void for_each_rows(std::int64_t rows, int threads, const std::function<void(std::int64_t begin, std::int64_t end)>& work) {
  for_each_piece((rows + rows_a_piece - 1) / rows_a_piece, threads,
                 [&](std::int64_t piece) { work(piece * rows_a_piece, std::min(rows, (piece + 1) * rows_a_piece)); });
}

// The cell of each row.
std::vector<std::int32_t> assign(const VectorSegment& segment, const std::vector<float>& rotation, std::int64_t cells,
                                 const CellOptions& options) {
  const std::int64_t width = segment.width(), rows = segment.rows();
  const std::int64_t wanted = std::min({rows, sample_a_cell * cells, std::max(cells, options.memory / (4 * width))});
  std::vector<float> sample(static_cast<std::size_t>(wanted * width));
  for_each_rows(wanted, options.threads, [&](std::int64_t begin, std::int64_t end) {
    Rotated rotated(segment, rotation);
    for (std::int64_t i = begin; i < end; ++i)
      rotated.row(static_cast<std::int64_t>(static_cast<double>(i) * static_cast<double>(rows) / static_cast<double>(wanted)),
                  sample.data() + i * width);
  });
  const CellCentres centres = train_cells(sample, width, {.cells = cells, .seed = seed, .threads = options.threads});
  std::vector<std::int32_t> cell_of(static_cast<std::size_t>(rows));
  for_each_rows(rows, options.threads, [&](std::int64_t begin, std::int64_t end) {
    Rotated rotated(segment, rotation);
    std::vector<float> vector(static_cast<std::size_t>(width));
    for (std::int64_t row = begin; row < end; ++row) {
      rotated.row(row, vector.data());
      cell_of[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(centres.nearest(vector.data()));
    }
  });
  return cell_of;
}

struct Packed {
  explicit Packed(std::int64_t blocks, std::int64_t width)
      : signs(static_cast<std::size_t>(blocks * sign_block_bytes(width))),
        factors(static_cast<std::size_t>(blocks * sign_block)),
        errors(factors.size()) {}
  std::vector<std::uint8_t> signs;
  std::vector<float> factors, errors;
  void pack(std::int64_t block, const float* vectors, std::int64_t count, std::int64_t width) {
    pack_signs(vectors, count, width, signs.data() + block * sign_block_bytes(width), factors.data() + block * sign_block,
               errors.data() + block * sign_block);
  }
};

// What cells find of the best pages for vectors of the segment, whose own pages are left out.
class Judge {
 public:
  Judge(const VectorSegment& segment, const VectorCells& cells, int threads) : segment_(segment), cells_(cells), threads_(threads) {
    const std::int64_t count = std::min(judged_queries, segment.rows());
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t row = i * segment.rows() / count;
      std::vector<float> vector(static_cast<std::size_t>(segment.width()));
      for (std::size_t j = 0; j < vector.size(); ++j) vector[j] = static_cast<float>(segment.codes(row)[j]) * segment.scale(row);
      QuantizedQuery query(vector);
      if (!query.is_zero()) queries_.push_back({std::move(query), segment.pages()[segment.place_of_row(row)], {}});
    }
    for_each_piece(static_cast<std::int64_t>(queries_.size()), threads_, [&](std::int64_t i) {
      Query& query = queries_[static_cast<std::size_t>(i)];
      query.best = best_of(query, [&](BestPages& best) { segment_.scan(query.vector, {}, best); });
    });
  }

  // [0]: of the 10 best, [1]: of the 100 best.
  std::array<double, 2> recall(std::int64_t probes) const {
    std::vector<std::array<std::int64_t, 2>> found(queries_.size());
    for_each_piece(static_cast<std::int64_t>(queries_.size()), threads_, [&](std::int64_t i) {
      const Query& query = queries_[static_cast<std::size_t>(i)];
      const auto pages = best_of(query, [&](BestPages& best) { cells_.search(segment_, query.vector, {}, probes, best); });
      for (std::size_t depth = 0; depth < 2; ++depth)
        found[static_cast<std::size_t>(i)][depth] = common(first(query.best, depth), first(pages, depth));
    });
    std::array<double, 2> recall = {1.0, 1.0};
    for (std::size_t depth = 0; depth < 2; ++depth) {
      std::int64_t right = 0, all = 0;
      for (std::size_t i = 0; i < queries_.size(); ++i) {
        right += found[i][depth];
        all += static_cast<std::int64_t>(first(queries_[i].best, depth).size());
      }
      if (all > 0) recall[depth] = static_cast<double>(right) / static_cast<double>(all);
    }
    return recall;
  }

 private:
  struct Query {
    QuantizedQuery vector;
    std::int64_t own;                // its page
    std::vector<std::int64_t> best;  // the best pages but its own
  };
  static std::span<const std::int64_t> first(const std::vector<std::int64_t>& pages, std::size_t depth) {
    return {pages.data(), std::min(pages.size(), depth == 0 ? std::size_t{10} : static_cast<std::size_t>(judged_depth))};
  }
  static std::int64_t common(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
    return std::count_if(a.begin(), a.end(), [&](std::int64_t page) { return std::find(b.begin(), b.end(), page) != b.end(); });
  }
  static std::vector<std::int64_t> best_of(const Query& query, const std::function<void(BestPages&)>& search) {
    BestPages best(judged_depth + 1);
    search(best);
    std::vector<std::int64_t> pages;
    for (const PageVectorHit& hit : best.take())
      if (hit.page != query.own) pages.push_back(hit.page);
    return pages;
  }

  const VectorSegment& segment_;
  const VectorCells& cells_;
  int threads_;
  std::vector<Query> queries_;
};

CellReport measured(const VectorSegment& segment, const VectorCells& cells, const CellOptions& options) {
  const Judge judge(segment, cells, options.threads);
  std::int64_t low = 1, high = cells.cells();
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    if (judge.recall(middle)[1] >= options.recall)
      high = middle;
    else
      low = middle + 1;
  }
  const std::array<double, 2> recall = judge.recall(low);
  return {cells.cells(), low, recall[0], recall[1]};
}

}  // namespace

WrittenCells write_cells(const std::filesystem::path& path, const VectorSegment& segment, const CellOptions& options) {
  const std::int64_t width = segment.width(), rows = segment.rows();
  require(rows > 0 && rows < std::numeric_limits<std::int32_t>::max(), "{}: cells of {} vectors cannot be made", path.string(), rows);
  const std::vector<float> rotation = random_rotation(width, seed);
  const std::int64_t wanted =
      std::clamp<std::int64_t>(options.cells > 0 ? options.cells : std::llround(4.0 * std::sqrt(static_cast<double>(rows))), 1, rows);
  const std::vector<std::int32_t> cell_of = assign(segment, rotation, wanted, options);

  std::vector<std::vector<std::int32_t>> members(static_cast<std::size_t>(wanted));
  for (std::int64_t row = 0; row < rows; ++row)
    members[static_cast<std::size_t>(cell_of[static_cast<std::size_t>(row)])].push_back(static_cast<std::int32_t>(row));
  std::erase_if(members, [](const auto& cell) { return cell.empty(); });
  const auto cells = static_cast<std::int64_t>(members.size());
  std::vector<std::int64_t> blocks = {0};
  for (const auto& cell : members) blocks.push_back(blocks.back() + (static_cast<std::int64_t>(cell.size()) + sign_block - 1) / sign_block);

  std::vector<std::int32_t> placed(static_cast<std::size_t>(blocks.back() * sign_block), -1);
  Packed packed(blocks.back(), width);
  Int8Vectors centres{cells, width, std::vector<std::int8_t>(static_cast<std::size_t>(cells * width)),
                      std::vector<float>(static_cast<std::size_t>(cells))};
  for_each_piece(cells, options.threads, [&](std::int64_t cell) {
    const std::vector<std::int32_t>& own = members[static_cast<std::size_t>(cell)];
    std::copy(own.begin(), own.end(), placed.begin() + blocks[static_cast<std::size_t>(cell)] * sign_block);
    Rotated rotated(segment, rotation);
    std::vector<float> vectors(own.size() * static_cast<std::size_t>(width));
    std::vector<double> sum(static_cast<std::size_t>(width), 0.0);
    for (std::size_t i = 0; i < own.size(); ++i) {
      rotated.row(own[i], vectors.data() + static_cast<std::int64_t>(i) * width);
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += vectors[i * sum.size() + j];
    }
    std::vector<float> mean(sum.size());
    for (std::size_t j = 0; j < sum.size(); ++j) mean[j] = static_cast<float>(sum[j] / static_cast<double>(own.size()));
    // What is left of a vector is taken against the centre as it is stored, so that rounding it costs nothing.
    const Int8Vectors centre = quantize(mean.data(), 1, width);
    std::copy(centre.codes.begin(), centre.codes.end(), centres.codes.begin() + cell * width);
    centres.scales[static_cast<std::size_t>(cell)] = centre.scales[0];
    for (std::size_t i = 0; i < own.size(); ++i)
      for (std::size_t j = 0; j < sum.size(); ++j) vectors[i * sum.size() + j] -= centre.scales[0] * static_cast<float>(centre.codes[j]);
    for (std::int64_t block = 0; block * sign_block < static_cast<std::int64_t>(own.size()); ++block)
      packed.pack(blocks[static_cast<std::size_t>(cell)] + block, vectors.data() + block * sign_block * width,
                  std::min(sign_block, static_cast<std::int64_t>(own.size()) - block * sign_block), width);
  });

  const std::int64_t centre_blocks = (cells + sign_block - 1) / sign_block;
  Packed packed_centres(centre_blocks, width);
  for (std::int64_t block = 0; block < centre_blocks; ++block) {
    const std::int64_t count = std::min(sign_block, cells - block * sign_block);
    std::vector<float> values(static_cast<std::size_t>(count * width));
    for (std::int64_t i = 0; i < count * width; ++i)
      values[static_cast<std::size_t>(i)] = centres.scales[static_cast<std::size_t>(block * sign_block + i / width)] *
                                            static_cast<float>(centres.codes[static_cast<std::size_t>(block * sign_block * width + i)]);
    packed_centres.pack(block, values.data(), count, width);
  }

  const std::int64_t bytes = sign_block_bytes(width);
  TensorFileWriter file(path, {{"blocks", "I64", {cells + 1}},
                               {"rotation", "F32", {width, width}},
                               {"centre_scales", "F32", {cells}},
                               {"centre_factors", "F32", {centre_blocks * sign_block}},
                               {"centre_errors", "F32", {centre_blocks * sign_block}},
                               {"rows", "I32", {blocks.back() * sign_block}},
                               {"factors", "F32", {blocks.back() * sign_block}},
                               {"errors", "F32", {blocks.back() * sign_block}},
                               {"centre_codes", "I8", {cells, width}},
                               {"centre_signs", "U8", {centre_blocks, bytes}},
                               {"signs", "U8", {blocks.back(), bytes}}});
  file.write(blocks);
  file.write(rotation);
  file.write(centres.scales);
  file.write(packed_centres.factors);
  file.write(packed_centres.errors);
  file.write(placed);
  file.write(packed.factors);
  file.write(packed.errors);
  file.write(centres.codes);
  file.write(packed_centres.signs);
  file.write(packed.signs);
  const TensorFileWriter::Written written = file.commit();
  return {written, measured(segment, VectorCells(path, segment, ""), options)};
}

}  // namespace fathom::index
