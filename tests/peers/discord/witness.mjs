// An independent witness for the pretend Discord: discord.js, which nobody here wrote, logs in and is a bot.
//
// Its argument is the program that serves the fake, which then also plays the people. Prints how many checks passed; any
// that fails ends it with a stack. discord.js is found through NODE_MODULES, the folder that it was installed into.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(`${process.env.NODE_MODULES}/`);
const {
  ActionRowBuilder, ApplicationCommandOptionType, AttachmentBuilder, ButtonBuilder, ButtonStyle, Client, EmbedBuilder,
  Events, LabelBuilder, MessageFlags, ModalBuilder, Routes, StringSelectMenuBuilder, TextDisplayBuilder,
  TextInputBuilder, TextInputStyle, ContainerBuilder, version,
} = require('discord.js');

let passed = 0;
function check(what, holds) {
  assert.ok(holds, what);
  passed += 1;
}

// --- the fake and its people: one line asked, one line answered ---

const fake = spawn(process.argv[2], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: fake.stdout })[Symbol.asyncIterator]();

async function line() {
  const { value, done } = await lines.next();
  assert.ok(!done, 'the fake has ended');
  return JSON.parse(value);
}

async function act(order, fields = {}) {
  fake.stdin.write(`${JSON.stringify({ do: order, user: 'alice', ...fields })}\n`);
  const answer = await line();
  assert.ok(!('error' in answer), JSON.stringify(answer));
  return answer;
}

const about = await line();

// --- the bot ---

const client = new Client({
  intents: [],
  allowedMentions: { parse: [] },
  rest: { api: about.api.replace(/\/v10$/, ''), version: '10' },
});

const row = (...parts) => new ActionRowBuilder().addComponents(...parts);
const button = (id, label, style = ButtonStyle.Secondary) =>
  new ButtonBuilder().setCustomId(id).setLabel(label).setStyle(style);

const commands = [
  { name: 'hello', description: 'Greets', options: [
    { name: 'who', description: 'Whom', type: ApplicationCommandOptionType.String, required: true },
  ] },
  { name: 'slow', description: 'Thinks first' },
  { name: 'file', description: 'Sends one' },
  { name: 'v2', description: 'New components' },
  { name: 'vm', description: 'Machines', options: [
    { name: 'power', description: 'Power', type: ApplicationCommandOptionType.Subcommand, options: [
      { name: 'guest', description: 'Which', type: ApplicationCommandOptionType.String, autocomplete: true, required: true },
    ] },
  ] },
];

const handlers = {
  async hello(i) {
    const select = new StringSelectMenuBuilder().setCustomId('node').setPlaceholder('Node').setMaxValues(2)
      .addOptions(['pve1', 'pve2'].map((n) => ({ label: n, value: n })));
    const buttons = row(button('update', 'Update'), button('later', 'Later'), button('ask', 'Ask', ButtonStyle.Success));
    const response = await i.reply({
      content: `hello ${i.options.getString('who')}`, components: [buttons, row(select)], withResponse: true,
    });
    check('with_response shows the message', response.resource.message.content.startsWith('hello'));
  },
  async slow(i) {
    await i.deferReply({ flags: MessageFlags.Ephemeral });
    await i.editReply({ content: 'thought', embeds: [new EmbedBuilder().setTitle('T').setDescription('D')] });
    await i.followUp({ content: 'and more', flags: MessageFlags.Ephemeral });
    check('the reply can be read', (await i.fetchReply()).content === 'thought');
  },
  async file(i) {
    const file = new AttachmentBuilder(Buffer.from('bytes of it'), { name: 'it.txt', description: 'it' });
    await i.reply({ files: [file], embeds: [new EmbedBuilder().setTitle('F').setImage('attachment://it.txt')] });
  },
  async v2(i) {
    const container = new ContainerBuilder().addTextDisplayComponents(new TextDisplayBuilder().setContent('in a box'))
      .addActionRowComponents(row(button('boxed', 'Boxed')));
    await i.reply({ components: [container], flags: MessageFlags.IsComponentsV2 });
  },
  async vm(i) {
    await i.reply(`${i.options.getSubcommand()} ${i.options.getString('guest')}`);
  },
  update: (i) => i.update({ content: 'updated' }),
  async later(i) {
    await i.deferUpdate();
    await i.editReply({ content: 'edited later' });
  },
  ask: (i) => i.showModal(new ModalBuilder().setCustomId('name').setTitle('Name it').addComponents(
    row(new TextInputBuilder().setCustomId('host').setLabel('Name').setStyle(TextInputStyle.Short)
      .setMinLength(2).setMaxLength(10)),
    row(new TextInputBuilder().setCustomId('why').setLabel('Why').setStyle(TextInputStyle.Paragraph).setRequired(false)),
  )),
  name: (i) => i.update({ content: `named ${i.fields.getTextInputValue('host')}` }),
  node: (i) => i.reply({ content: `chosen ${i.values.join(' ')}`, flags: MessageFlags.Ephemeral }),
  boxed: (i) => i.showModal(new ModalBuilder().setCustomId('labels').setTitle('With labels').addLabelComponents(
    new LabelBuilder().setLabel('Host').setTextInputComponent(
      new TextInputBuilder().setCustomId('host').setStyle(TextInputStyle.Short)),
    new LabelBuilder().setLabel('Node').setStringSelectMenuComponent(
      new StringSelectMenuBuilder().setCustomId('where').addOptions({ label: 'One', value: 'pve1' })),
  )),
  labels: (i) => i.reply({
    content: `${i.fields.getTextInputValue('host')} on ${i.fields.getStringSelectValues('where')}`,
    flags: MessageFlags.Ephemeral,
  }),
};

let failed = null;
client.on(Events.InteractionCreate, async (i) => {
  try {
    if (i.isAutocomplete()) {
      const found = ['web1', 'web2', 'db1'].filter((n) => n.includes(i.options.getFocused()));
      await i.respond(found.map((n) => ({ name: `${n} (running)`, value: n })));
    } else {
      await handlers[i.isChatInputCommand() ? i.commandName : i.customId](i);
    }
  } catch (error) {
    failed = error;
  }
});
const resumed = once(client, Events.ShardResume);

async function scenario() {
  const registered = await client.application.commands.set(commands, about.guild);
  check('all commands registered', registered.size === commands.length);
  check('and listed', (await client.application.commands.fetch({ guildId: about.guild })).size === commands.length);
  await act('ready');

  let said = await act('slash', { command: 'hello', options: { who: 'alice' } });
  check('answered at once', said.kind === 'message' && said.message.content === 'hello alice');
  check('buttons', said.message.buttons.join() === 'Update,Later,Ask');
  said = await act('click', { what: 'Update' });
  check('updated', said.kind === 'update' && said.message.content === 'updated');
  said = await act('click', { what: 'Later' });
  check('update deferred', said.kind === 'deferred update');
  said = await act('settled', { handle: said.handle, text: 'edited later' });
  check('then edited', said.messages[0].edited === 2);
  said = await act('select', { what: 'Node', values: ['pve1', 'pve2'] });
  check('selected', said.message.content === 'chosen pve1 pve2' && said.message.ephemeral);
  said = await act('click', { what: 'Ask' });
  check('a modal opens', said.kind === 'modal' && said.data.title === 'Name it');
  said = await act('submit', { values: { Name: 'web1' } });
  check('a modal is read', said.kind === 'update' && said.message.content === 'named web1');

  said = await act('slash', { command: 'slow' });
  check('deferred, ephemeral', said.kind === 'deferred' && said.message.ephemeral);
  said = await act('settled', { handle: said.handle, text: 'and more' });
  check('edit and followup', said.messages[0].content === 'thought' && said.messages[1].ephemeral);
  check('bob sees none of it', (await act('sees', { user: 'bob' })).messages.length === 1);

  said = await act('slash', { command: 'file' });
  check('a file arrives', said.message.attachments[0].name === 'it.txt' && said.message.attachments[0].text === 'bytes of it');
  said = await act('autocomplete', { command: 'vm power', focused: 'guest', options: { guest: 'web' } });
  check('completed', said.data.choices.map((c) => c.value).join() === 'web1,web2');
  said = await act('slash', { command: 'vm power', options: { guest: 'db1' } });
  check('a subcommand', said.message.content === 'power db1');
  said = await act('slash', { command: 'v2' });
  check('new components', said.message.text === 'in a box' && said.message.buttons.join() === 'Boxed');
  said = await act('click', { what: 'Boxed' });
  check('a modal of labels opens', said.kind === 'modal');
  said = await act('submit', { values: { Host: 'web9', Node: ['pve1'] } });
  check('and is read', said.message.content === 'web9 on pve1');

  await act('reconnect');
  said = await act('slash', { command: 'hello', options: { who: 'bob' } });
  check('answered after op 7', said.message.content === 'hello bob');
  await resumed;
  check('resumed, not started again', (await act('report')).identified === 1);

  await act('too_many', { method: 'POST', route: '/channels/{channel_id}/messages', retry_after: 0.4 });
  const sent = await client.rest.post(Routes.channelMessages(about.channel), { body: { content: 'after waiting' } });
  check('a 429 is waited for', sent.content === 'after waiting');
  const one = Routes.channelMessage(about.channel, sent.id);
  check('edited by the channel', (await client.rest.patch(one, { body: { content: 'edited' } })).content === 'edited');
  await client.rest.delete(one);
  await assert.rejects(client.rest.get(one), { code: 10008 });
  passed += 1;
  await assert.rejects(client.rest.post(Routes.channelMessages(about.channel), { body: { content: 'x'.repeat(2001) } }), {
    code: 50035, message: /content\[BASE_TYPE_MAX_LENGTH\]/,
  });
  passed += 1;

  if (failed) throw failed;
  const report = await act('report');
  // The refusal above was meant; nothing else may have been wrong on either side.
  check('no violations but the meant one', report.violations.length === 1 && report.violations[0].includes('content'));
}

const ready = once(client, Events.ClientReady);
await client.login(about.token);
await ready;
check('who it is', client.user.id === about.application);
const late = setTimeout(() => {
  console.error('the scenario did not end');
  process.exit(1);
}, 120_000);
await scenario();
clearTimeout(late);
await client.destroy();
fake.stdin.end();
await once(fake, 'exit');
console.log(`discord.js ${version}: ${passed} checks passed`);
process.exit(0);
