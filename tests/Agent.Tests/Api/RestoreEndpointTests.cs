using System.Net;
using Holdfast.Agent.Backup;
using Holdfast.Agent.Api;
using Holdfast.Engines.Backup;

namespace Holdfast.Agent.Tests.Api;

public sealed class RestoreEndpointTests
{
    [Theory]
    [InlineData("""{"kind":"latest"}""", "Latest ''")]
    [InlineData("""{"kind":"time","value":"2026-11-22 14:31:59.5Z"}""", "Time '2026-11-22 14:31:59.5Z'")]
    [InlineData("""{"kind":"time","value":"2026-11-22 14:31:59.500000+00"}""", "Time '2026-11-22 14:31:59.500000+00'")]
    [InlineData("""{"kind":"lsn","value":"0/3000148"}""", "Lsn '0/3000148'")]
    [InlineData("""{"kind":"name","value":"before-migration"}""", "Name 'before-migration'")]
    public async Task What_is_asked_for_reaches_the_agent(string body, string asked)
    {
        await using var api = await RunningApi.StartAsync(token: "s3cret");
        var desk = new Desk();
        api.Control.Restores = desk;

        var (status, text) = await api.PostAsync("/v1/restore", body, "s3cret");

        status.ShouldBe(HttpStatusCode.OK, text);
        desk.Asked.ShouldBe([asked]);
    }

    [Theory]
    [InlineData("{}", "'kind' says up to where to restore")]
    [InlineData("""{"kind":"7"}""", "'kind' says up to where to restore")]
    [InlineData("""{"kind":"1","value":"2026-11-22 14:31:59Z"}""", "'kind' says up to where to restore")]
    [InlineData("""{"kind":"latest","value":"x"}""", "'latest' takes no value")]
    [InlineData("""{"kind":"time"}""", "is not a time with its offset")]
    [InlineData("""{"kind":"time","value":"yesterday"}""", "is not a time with its offset")]
    [InlineData("""{"kind":"time","value":"2026-11-22 14:31:59"}""", "is not a time with its offset")]
    [InlineData("""{"kind":"time","value":"14:31:59 2026-11-22"}""", "is not a time with its offset")]
    [InlineData("""{"kind":"time","value":"2026-11-31 14:31:59Z"}""", "is not a time with its offset")]
    [InlineData("""{"kind":"lsn","value":"3000148"}""", "is not an LSN")]
    [InlineData("""{"kind":"name"}""", "is not the name of a restore point")]
    [InlineData("""{"kind":"name","value":"a\nb"}""", "is not the name of a restore point")]
    [InlineData("""{"kind":"latest","timeline":"+2"}""", "'+2' is not a timeline")]
    public async Task What_cannot_be_meant_is_refused_with_one_sentence(string body, string says)
    {
        await using var api = await RunningApi.StartAsync(token: "s3cret");
        var desk = new Desk();
        api.Control.Restores = desk;

        var (status, text) = await api.PostAsync("/v1/restore", body, "s3cret");

        status.ShouldBe(HttpStatusCode.BadRequest, text);
        System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("error").GetString()!.ShouldContain(says);
        desk.Asked.ShouldBeEmpty();
    }

    private sealed class Desk : IRestoreDesk
    {
        public List<string> Asked { get; } = [];

        public Task<RestoreStatus> StatusAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RestoreOffer> BeginAsync(RestoreRequest request, bool dryRun, CancellationToken cancellationToken)
        {
            Asked.Add($"{request.Kind} '{request.Value}'");
            return Task.FromResult(new RestoreOffer("orders", 2, "a", "aim", "backup", 0, 0, 1, "/srv/a", "/srv/a.before-restore-2", Begun: false));
        }

        public Task<CommandResult> TakeBackAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
