using System.Diagnostics;
using Holdfast.Engines;
using Holdfast.Engines.Hosting;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Files;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("/var/lib/holdfast/orders.before-restore-2", false)]
    [InlineData("/srv/my data", true)]
    [InlineData("/srv/it's", true)]
    [InlineData("/srv/$(reboot);*", true)]
    [InlineData("", true)]
    public async Task A_word_is_one_word_for_a_shell_and_in_quotes_only_where_it_must_be(string word, bool isQuoted)
    {
        var text = ShellText.Word(word);
        (text != word).ShouldBe(isQuoted);
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s|' {text}"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        (await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe(word + "|");
    }

    [Fact]
    public async Task A_place_that_has_more_than_one_line_is_refused()
    {
        await using var group = new TestGroup(1, shape: (store, root) => store with { Backup = Backup.OneRepository.In(root) });
        var refused = await Should.ThrowAsync<EngineException>(() => new PointInTimeRestore(group.Store, "here", Path.Combine(group.Root, "a\nb")).RunAsync(
            new RestoreTarget.Latest(), new Backup.Unheard(), group.Token));
        refused.Message.ShouldContain("has unprintable characters in it");
        Directory.EnumerateDirectories(group.Root, "a*").ShouldBeEmpty();
    }
}
