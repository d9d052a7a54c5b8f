using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

/// <summary>The formulas against what others have published.</summary>
public sealed class StorageFormulaTests
{
    private static readonly ByteCount Unit = new(4096);

    /// <summary>Ceph, "Erasure code", table "Erasure coding overhead". Its figures are cut or rounded at the second place.</summary>
    [Theory]
    [InlineData(2, 1, 1.50)]
    [InlineData(2, 2, 2.00)]
    [InlineData(3, 2, 1.67)]
    [InlineData(4, 1, 1.25)]
    [InlineData(4, 2, 1.50)]
    [InlineData(4, 3, 1.75)]
    [InlineData(5, 2, 1.40)]
    [InlineData(6, 2, 1.33)]
    [InlineData(6, 3, 1.50)]
    [InlineData(8, 2, 1.25)]
    [InlineData(8, 3, 1.38)]
    [InlineData(8, 4, 1.50)]
    [InlineData(9, 8, 1.88)]
    [InlineData(10, 4, 1.40)]
    [InlineData(11, 3, 1.27)]
    public void The_overhead_of_a_code_is_that_of_Cephs_table(int k, int m, double overhead) =>
        new StorageLayout(StoragePool.Capacity, k, m).Overhead.ShouldBe(overhead, 0.01);

    /// <summary>The same page: 4 + 2 gives twice the usable space of three copies.</summary>
    [Fact]
    public void Four_and_two_hold_twice_of_what_three_copies_hold()
    {
        var raw = new ByteCount(99e12);
        var coded = StorageLayout.Usable(raw, new Probability(0.85), new StorageLayout(StoragePool.Performance, 4, 2).Overhead);
        var copies = StorageLayout.Usable(raw, new Probability(0.85), new StorageLayout(StoragePool.Performance, 1, 2).Overhead);
        (coded.Bytes / copies.Bytes).ShouldBe(2, 1e-12);
    }

    /// <summary>Ceph, "Monitor Config Reference", "Storage Capacity": 33 disks of 3 TB are 99 TB, and 95 at a full ratio of 0.95.</summary>
    [Fact]
    public void Ninety_nine_terabytes_hold_ninety_five_before_they_count_as_full() =>
        StorageLayout.Usable(new ByteCount(3e12) * 33, new Probability(0.95), 1).Bytes.ShouldBe(95e12, 1e12);

    /// <summary>Ceph, "Pools": the default for three copies is 2, for two it is 1; a code's should be more than k.</summary>
    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 3, 2)]
    [InlineData(4, 2, 5)]
    [InlineData(8, 3, 9)]
    public void Fewer_chunks_than_min_size_take_no_write(int k, int m, int least) =>
        new StorageLayout(StoragePool.Performance, k, m).MinSize.ShouldBe(least);

    /// <summary>Ceph, "Locally repairable erasure code plugin": with 8 + 4, a lost chunk takes reading from eight others.</summary>
    [Fact]
    public void To_mend_a_chunk_of_a_code_as_many_are_read_as_there_are_of_data()
    {
        StorageFigures.Recovery(new StorageLayout(StoragePool.Capacity, 8, 4), new ByteCount(1e12)).Bytes.ShouldBe(8e12);
        StorageFigures.Recovery(new StorageLayout(StoragePool.Capacity, 1, 2), new ByteCount(1e12)).Bytes.ShouldBe(1e12);
    }

    /// <summary>
    /// Ceph, "Hardware Recommendations", networks: 1 TB takes three hours on 1 Gbit/s and twenty minutes on 10, 10 TB take thirty hours on 1. That
    /// is the line at three quarters of its speed.
    /// </summary>
    [Theory]
    [InlineData(1e12, 1000, 3)]
    [InlineData(10e12, 1000, 30)]
    [InlineData(1e12, 10_000, 0.333)]
    public void Copies_take_what_Ceph_says_at_three_quarters_of_the_line(double bytes, double megabits, double hours) =>
        (new ByteCount(bytes) / (ByteRate.OfMegabits(megabits) * 0.74)).TotalHours.ShouldBe(hours, hours * 0.1);

    /// <summary>Ceph, "Erasure coding enhancements", overwrite as it was: with 4 + 2, four chunks are read and six are written.</summary>
    [Fact]
    public void An_overwrite_of_a_part_reads_all_data_chunks_and_writes_every_chunk()
    {
        var write = ErasureWrite.Of(4, 2, Unit, new ByteCount(4096), optimized: false);
        write.Read.ShouldBe(Unit * 4);
        write.Written.ShouldBe(Unit * 6);
    }

    /// <summary>Patterson, Gibson and Katz, SIGMOD 1988: a small write of RAID 5 is two reads and two writes, however many disks there are.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(24)]
    public void A_small_write_with_one_parity_is_two_reads_and_two_writes(int disks)
    {
        var write = ErasureWrite.Of(disks, 1, Unit, Unit, optimized: true);
        write.Read.ShouldBe(Unit * 2);
        write.Written.ShouldBe(Unit * 2);
    }

    [Fact]
    public void What_does_not_change_is_read_instead_where_that_is_less()
    {
        // Three of four chunks change: the fourth is read, not the three and their code.
        var write = ErasureWrite.Of(4, 2, Unit, Unit * 3, optimized: true);
        write.Read.ShouldBe(Unit);
        write.Written.ShouldBe(Unit * 5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whole_stripes_read_nothing_and_cost_the_overhead(bool optimized)
    {
        var write = ErasureWrite.Of(4, 2, Unit, Unit * 12, optimized);
        write.Read.Bytes.ShouldBe(0);
        write.WriteFactor(Unit * 12).ShouldBe(1.5, 1e-12);
    }

    [Fact]
    public void A_page_costs_an_erasure_code_as_much_writing_as_three_copies_and_reading_on_top()
    {
        // What a code saves in space it does not save in work: pages of 8 KiB, chunks of 16 KiB, 4 + 2.
        var page = new ByteCount(8192);
        var write = ErasureWrite.Of(4, 2, new ByteCount(16_384), page, optimized: true);
        write.WriteFactor(page).ShouldBe(3, 1e-12);
        write.ReadFactor(page).ShouldBe(3, 1e-12);
        ErasureWrite.Of(4, 2, Unit, page, optimized: false).WriteFactor(page).ShouldBe(3, 1e-12);
    }

    [Fact]
    public void A_code_never_writes_less_than_its_overhead_nor_more_with_the_optimizations_than_without()
    {
        foreach (var (k, m) in from k in Enumerable.Range(2, 9) from m in Enumerable.Range(1, 4) select (k, m))
        {
            for (var bytes = 512; bytes <= 200_000; bytes += 1536)
            {
                var size = new ByteCount(bytes);
                var (plain, optimized) = (ErasureWrite.Of(k, m, Unit, size, optimized: false), ErasureWrite.Of(k, m, Unit, size, optimized: true));
                optimized.WriteFactor(size).ShouldBeGreaterThanOrEqualTo(((double)(k + m) / k) - 1e-9);
                (optimized.Written <= plain.Written && optimized.Read <= plain.Read).ShouldBeTrue($"{k}+{m}, {bytes}");
            }
        }
    }

    [Fact]
    public void Impossible_codes_and_writes_are_refused()
    {
        Should.Throw<ImpossibleException>(() => ErasureWrite.Of(0, 2, Unit, Unit, optimized: false)).Message.ShouldContain("0 data chunks");
        Should.Throw<ImpossibleException>(() => ErasureWrite.Of(4, -1, Unit, Unit, optimized: false));
        Should.Throw<ImpossibleException>(() => ErasureWrite.Of(4, 2, new ByteCount(0), Unit, optimized: false));
        Should.Throw<ImpossibleException>(() => ErasureWrite.Of(4, 2, Unit, new ByteCount(0), optimized: false));
    }
}
