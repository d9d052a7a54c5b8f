using System.Text.Json;
using Holdfast.Verification.Results;
using Holdfast.Verification.Running;
using Holdfast.Verification.Targets;
using Holdfast.Verification.Tests.Servers;

namespace Holdfast.Verification.Tests.Resuming;

[Trait("Speed", "Slow")]
public sealed class ResumeTests
{
    [Fact]
    public async Task An_interrupted_comparison_goes_on_where_it_was_and_comes_to_the_same_result()
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await primary.ExecuteAsync("""
            create table big (id int primary key, t text); insert into big select g, md5(g::text) from generate_series(1, 60000) g;
            create table unkeyed (t text); insert into unkeyed select md5(g::text) from generate_series(1, 60000) g; create table small (i int primary key);
            """);
        var fork = await lab.ForkAsync(primary);
        await fork.ExecuteAsync("update big set t = '' where id in (10, 30000, 59999); delete from unkeyed where ctid in ('(0,3)', '(300,1)')");
        var whole = await Lab.VerifyAsync(primary, fork);
        whole.DifferenceCount.ShouldBe(5);

        // Interrupted again and again: each run does some chunks, and the state goes through its text form as through a file.
        string? state = null;
        VerifyResult? result = null;
        var interruptions = 0;
        while (result is null)
        {
            using var stop = new CancellationTokenSource();
            var before = state is null ? null : JsonSerializer.Deserialize(state, VerifyJson.Plain.VerifyState);
            var progress = new StopAfter(6, stop);
            try
            {
                result = await Lab.VerifyAsync(
                    Lab.Fast with { Jobs = 1, ChunkBytes = 128 << 10 }, [primary, fork], before, saved => state = JsonSerializer.Serialize(saved, VerifyJson.Plain.VerifyState),
                    progress, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                interruptions++;
                interruptions.ShouldBeLessThan(100);
            }
        }

        interruptions.ShouldBeGreaterThan(5);
        result.Resumed.ShouldBeTrue();
        Lab.Found(result).ShouldBe(Lab.Found(whole));
        (result.Rows, result.DifferenceCount, result.Tables).ShouldBe((whole.Rows, whole.DifferenceCount, whole.Tables));
        var once = await Lab.VerifyAsync(Lab.Fast with { Jobs = 1, ChunkBytes = 128 << 10 }, [primary, fork]);
        result.Chunks.ShouldBe(once.Chunks, "chunks that were done were done again");
    }

    [Fact]
    public async Task A_state_of_another_question_is_refused_and_a_table_that_was_rewritten_is_compared_anew()
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await primary.ExecuteAsync("create table t (id int primary key, v text); insert into t select g, 'x' from generate_series(1, 30000) g");
        var fork = await lab.ForkAsync(primary);
        VerifyState? state = null;
        using var stop = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => Lab.VerifyAsync(
            Lab.Fast with { Jobs = 1 }, [primary, fork], null, saved => state = saved, new StopAfter(3, stop), stop.Token));
        state.ShouldNotBeNull();
        state.Tables.Values.ShouldContain(table => table.Done.Length > 0 && !table.Complete);

        var fault = await Should.ThrowAsync<VerifyException>(() => Lab.VerifyAsync(Lab.Fast with { Tables = ["other"] }, [primary, fork], state));
        fault.Message.ShouldBe("the saved comparison is of other tables or databases: begin anew, without --resume");
        (await Should.ThrowAsync<VerifyException>(() => Lab.VerifyAsync(null, [fork, primary], state))).Message.ShouldContain("f is the reference now");

        // What was done is void when the table's file is another one.
        foreach (var server in new[] { primary, fork })
        {
            await server.ExecuteAsync("vacuum full t");
        }

        await fork.ExecuteAsync("update t set v = 'y' where id = 1");
        Lab.Found(await Lab.VerifyAsync(null, [primary, fork], state)).ShouldBe(["ChangedValue public.t id=1 [v]"]);
    }

    private sealed class StopAfter(int reports, CancellationTokenSource stop) : IProgress<VerifyProgress>
    {
        private int _left = reports;

        public void Report(VerifyProgress value)
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                stop.Cancel();
            }
        }
    }
}
