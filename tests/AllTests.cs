namespace Holdfast;

/// <summary>What takes many minutes is done by <c>./test --all</c> only, and what is tried at random is tried more often then.</summary>
internal static class AllTests
{
    public static bool AreWanted { get; } = Environment.GetEnvironmentVariable("HOLDFAST_TEST_ALL") == "1";

    /// <summary>A quarter of it, unless all tests are wanted.</summary>
    public static int Runs(int withAll) => AreWanted ? withAll : withAll / 4;

    /// <summary>Skips the test that asks, unless all tests are wanted.</summary>
    public static void Only() => Assert.SkipUnless(AreWanted, "takes long: ./test --all");
}
